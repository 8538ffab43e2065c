import { describe, expect, test } from 'vitest';
import { commandStatus, install, refusal, webFleet } from './fleet.ts';

describe('Run Command', () => {
  test('an invocation cannot be found right after the command was sent', async () => {
    const fleet = webFleet();
    const command = await install(fleet, fleet.id);
    expect(await refusal(commandStatus(fleet, command, fleet.id))).toBe('InvocationDoesNotExist');
    expect((await fleet.cloud.ssm.listCommandInvocations({ CommandId: command })).CommandInvocations).toEqual([]);
    fleet.clock.pass(1);
    expect(await commandStatus(fleet, command, fleet.id)).toBe('InProgress');
    expect(await refusal(commandStatus(fleet, command, 'i-0'))).toBe('InvocationDoesNotExist');
  });

  test('refuses unknown documents, machines that are gone, and more than 50 at a time', async () => {
    const { cloud, id } = webFleet();
    const send = (DocumentName: string, InstanceIds: string[], more = {}) =>
      refusal(cloud.ssm.sendCommand({ DocumentName, InstanceIds, ...more }));
    expect(await send('AWS-RunMagic', [id])).toBe('InvalidDocument');
    expect(await send('AWS-RunShellScript', ['i-00000000000000000'])).toBe('InvalidInstanceId');
    expect(await send('AWS-RunShellScript', [id, id])).toBe('DuplicateInstanceId');
    expect(await send('AWS-RunShellScript', [id], { TimeoutSeconds: 29 })).toBe('ValidationException');
    expect(await send('AWS-RunShellScript', [id], { Comment: 'x'.repeat(101) })).toBe('ValidationException');
    expect(
      await send(
        'AWS-RunShellScript',
        Array.from({ length: 51 }, (_, index) => `i-${index}`),
      ),
    ).toBe('ValidationException');
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    expect(await send('AWS-RunShellScript', [id])).toBe('InvalidInstanceId');
  });

  test('waits for an agent that is away, for as long as delivery may take', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, other } = fleet;
    cloud.machine(other).faults.agentStaysSilent = 'for-good';
    await cloud.ec2.rebootInstances({ InstanceIds: [id, other] });
    const send = async (InstanceId: string) => {
      const { Command } = await cloud.ssm.sendCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [InstanceId],
        TimeoutSeconds: 120,
      });
      return Command?.CommandId ?? '';
    };
    const [delivered, undelivered] = [await send(id), await send(other)];
    clock.pass(30);
    expect(await commandStatus(fleet, delivered, id)).toBe('Pending');
    clock.pass(90);
    expect(await commandStatus(fleet, delivered, id)).toBe('Success');
    expect(await commandStatus(fleet, undelivered, other)).toBe('TimedOut DeliveryTimedOut');
  });

  test('a command that hangs runs until its execution time is over, or until it is cancelled', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, other } = fleet;
    for (const machine of [id, other]) cloud.machine(machine).faults.commandHangs = true;
    const left = await install(fleet, id);
    const cancelled = await install(fleet, other);
    clock.pass(3600);
    expect(await commandStatus(fleet, left, id)).toBe('InProgress');
    await cloud.ssm.cancelCommand({ CommandId: cancelled });
    expect(await commandStatus(fleet, cancelled, other)).toBe('Cancelling');
    clock.pass(3600);
    expect(await commandStatus(fleet, left, id)).toBe('InProgress');
    clock.pass(10);
    expect(await commandStatus(fleet, left, id)).toBe('TimedOut ExecutionTimedOut');
    expect(await commandStatus(fleet, cancelled, other)).toBe('Cancelled');
    expect(await refusal(cloud.ssm.cancelCommand({ CommandId: 'none' }))).toBe('InvalidCommandId');
  });

  test('a machine that goes down under a command takes it along', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    const command = await install(fleet, id);
    clock.pass(30);
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(600);
    expect(await commandStatus(fleet, command, id)).toBe('InProgress');
    expect(cloud.machine(id).content.installed.size).toBe(0);
  });

  test('invocations are listed by instance, newest first, with their comment, filtered by time', async () => {
    const { cloud, clock, id } = webFleet();
    for (const Comment of ['first', 'second']) {
      await cloud.ssm.sendCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [id], Comment });
      clock.pass(60);
    }
    const comments = async (value?: string) => {
      const { CommandInvocations = [] } = await cloud.ssm.listCommandInvocations({
        InstanceId: id,
        ...(value === undefined ? {} : { Filters: [{ key: 'InvokedAfter', value }] }),
      });
      return CommandInvocations.map(({ Comment, Status }) => `${Comment} ${Status}`);
    };
    expect(await comments()).toEqual(['second Success', 'first Success']);
    expect(await comments('2026-03-02T00:00:30Z')).toEqual(['second Success']);
    expect(await refusal(comments('yesterday'))).toBe('ValidationException');
  });

  test('documents of one’s own take their time, and fail when told to', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    cloud.addDocument('smoke-test', { seconds: 60, fails: true });
    const { Command } = await cloud.ssm.sendCommand({ DocumentName: 'smoke-test', InstanceIds: [id] });
    clock.pass(30);
    expect(await commandStatus(fleet, Command?.CommandId ?? '', id)).toBe('InProgress');
    clock.pass(60);
    expect(await commandStatus(fleet, Command?.CommandId ?? '', id)).toBe('Failed');
  });

  test('remembers a bounded number of commands for each machine', async () => {
    const { cloud, clock, id } = webFleet();
    for (let sent = 0; sent < 100; sent += 1) {
      await cloud.ssm.sendCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [id] });
      clock.pass(60);
    }
    expect(cloud.world.commands.size).toBe(20);
  });
});
