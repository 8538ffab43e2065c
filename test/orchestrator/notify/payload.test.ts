import { describe, expect, test } from 'vitest';
import { messageOf, type Notice, notice } from '../../../src/orchestrator/notify/message.ts';
import { mailOf, payloadFor } from '../../../src/orchestrator/notify/payload.ts';

const told = (more: Partial<Notice> = {}): Notice =>
  notice.parse({
    event: 'ended',
    runId: 'r-1',
    policy: 'standard',
    groupName: 'web',
    environment: 'production',
    ...more,
  });
const halted = told({ status: 'halted', reason: 'i-1: 503', tally: { patched: 2, 'rolled-back': 1, gone: 0 } });

describe('a message', () => {
  test.each([
    [
      told({ status: 'succeeded' }),
      'drydock: web in production succeeded',
      'Nothing. What it did: drydock runs show r-1',
    ],
    [halted, 'drydock: web in production halted', 'See what happened: drydock runs show r-1'],
    [
      told({ event: 'approval' }),
      'drydock: web in production waits for approval',
      'Look at the canary, then: drydock runs approve r-1 (or abort)',
    ],
    [
      told({ event: 'paused', environment: '' }),
      'drydock: web is paused',
      'When it may go on: drydock runs resume r-1 (or abort)',
    ],
    [
      told({ event: 'recovered', notWhole: 'i-1 could not be made whole' }),
      'drydock: web in production is not whole',
      'A person is needed: drydock recover r-1',
    ],
    [
      told({ status: 'failed', notWhole: 'i-1 is left' }),
      'drydock: web in production is not whole',
      'A person is needed: drydock recover r-1',
    ],
  ])('says what is so, and what to do next', (which, title, next) => {
    expect(messageOf(which)).toMatchObject({ title, next });
  });

  test('counts what there is to count', () => {
    expect(messageOf(halted).counts).toBe('2 patched, 1 rolled back');
  });
});

describe('what a webhook is posted', () => {
  const payload = (url: string, which = halted) => payloadFor(url, which, messageOf(which));

  test('is a message of Slack at Slack, in which no name is a mention or a link', () => {
    const hostile = told({ status: 'halted', reason: '<!channel> <https://evil.example|click>', groupName: 'a&b' });
    const [text, blocks] = [JSON.stringify(payload('https://hooks.slack.com/services/T/B/x', hostile)), 'blocks'];
    expect(text).toContain(blocks);
    expect(text).toContain('&lt;!channel&gt; &lt;https://evil.example|click&gt;');
    expect(text).toContain('a&amp;b');
    expect(text).not.toMatch(/<[!@#h]/);
    // Slack would find links and channels also where there are no brackets.
    expect(text).toContain('"verbatim":true');
  });

  test.each([
    'https://example.webhook.office.com/webhookb2/x',
    'https://prod-1.westeurope.logic.azure.com:443/workflows/x',
    'https://default1.5.environment.api.powerplatform.com/powerautomate/x',
  ])('is an Adaptive Card at Teams: %s', (url) => {
    expect(payload(url)).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: expect.arrayContaining([expect.objectContaining({ type: 'RichTextBlock' })]),
          },
        },
      ],
    });
  });

  test.each([
    'https://hooks.slack.com.evil.example/x',
    'https://evilhooks.slack.com/x',
    'https://webhook.office.com.evil.example/x',
    'https://alerts.example.com/hook',
  ])('is all that is known, as plain JSON, anywhere else: %s', (url) => {
    expect(payload(url)).toMatchObject({
      event: 'ended',
      runId: 'r-1',
      group: 'web',
      status: 'halted',
      reason: 'i-1: 503',
    });
  });

  test('stays within what Slack takes, however long the reason', () => {
    const long = told({ status: 'halted', reason: 'x'.repeat(10_000) });
    expect(JSON.stringify(payload('https://hooks.slack.com/services/T/B/x', long)).length).toBeLessThan(3500);
  });
});

describe('what SNS is given', () => {
  test('has a subject that SNS takes, whatever the group is called', () => {
    const { Subject } = mailOf(messageOf(told({ status: 'halted', groupName: `grüße\n${'x'.repeat(200)}` })));
    expect(Subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });

  test('is the message in lines, without empty ones', () => {
    expect(mailOf(messageOf(told({ event: 'paused' }))).Message).toBe(
      'drydock: web in production is paused\n\nWhen it may go on: drydock runs resume r-1 (or abort)',
    );
  });
});
