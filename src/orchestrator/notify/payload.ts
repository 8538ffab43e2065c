/** A message in the words of whoever gets it: Slack, Teams, any other webhook, or people by SNS. */
import { shortened } from '../printable.ts';
import type { Message, Notice } from './message.ts';

/** What a webhook of that URL is posted, as JSON. Slack and Teams are known by their hosts. */
export function payloadFor(url: string, notice: Notice, message: Message): object {
  const { hostname } = new URL(url);
  if (SLACK.test(hostname)) return slack(message);
  return TEAMS.test(hostname) ? teams(message) : plain(notice, message);
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
const SLACK = /^hooks\.slack(-gov)?\.com$/;
/** Teams' own webhooks, and the workflows of Power Automate that took their place. */
const TEAMS = /\.(webhook\.office\.com|logic\.azure\.com|api\.powerplatform\.com)$/;

/** `text` is what notifications and screen readers show of a message that has blocks. */
function slack(message: Message): object {
  const lines = [
    `*${escaped(message.title)}*`,
    escaped(message.reason),
    escaped(message.counts),
    escaped(message.next),
  ];
  const text = lines.filter((line) => line !== '' && line !== '**').join('\n');
  return {
    text: escaped(message.title),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: shortened(text, 3000), verbatim: true } }],
  };
}

/** Slack takes these three for its own: a name must not become a link, or a mention of everybody. What looks like one without them is left alone by `verbatim`. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An Adaptive Card, which both kinds of Teams webhooks take in this envelope. Text without markup: `TextRun` knows none. */
function teams(message: Message): object {
  const run = (text: string, weight = 'Default') => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: shortened(text, 3000), weight }],
  });
  const lines = [message.reason, message.counts, message.next].filter((line) => line !== '');
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [run(message.title, 'Bolder'), ...lines.map((line) => run(line))],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** All that is known, for programs, and the message for people. */
function plain(notice: Notice, message: Message): object {
  const { groupName, ...rest } = notice;
  return { ...rest, group: groupName, title: message.title, next: message.next };
}

/** As SNS takes it: a subject of less than 100 printable ASCII characters, and text. */
export function mailOf({ title, reason, counts, next }: Message): { Subject: string; Message: string } {
  const subject = title.replaceAll(/[^\x20-\x7e]/g, '?');
  const lines = [title, reason, counts, '', next];
  return {
    Subject: subject.length < 100 ? subject : `${subject.slice(0, 98)}.`,
    Message: lines.filter((line, at) => line !== '' || at === 3).join('\n'),
  };
}
