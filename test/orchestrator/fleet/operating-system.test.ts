import { describe, expect, it } from 'vitest';
import { operatingSystem } from '../../../src/orchestrator/fleet/operating-system.ts';

describe('the operating system that an agent reports', () => {
  it.each([
    ['Amazon Linux', '2', 'AMAZON_LINUX_2'],
    ['Amazon Linux', '2.0', 'AMAZON_LINUX_2'],
    ['Amazon Linux', '2023', 'AMAZON_LINUX_2023'],
    ['Amazon Linux', '2023.6.20241031', 'AMAZON_LINUX_2023'],
    ['Red Hat Enterprise Linux', '9.4', 'REDHAT_ENTERPRISE_LINUX'],
    ['Red Hat Enterprise Linux Server', '7.9', 'REDHAT_ENTERPRISE_LINUX'],
    ['Rocky Linux', '9.4', 'ROCKY_LINUX'],
    ['AlmaLinux', '8.10', 'ALMA_LINUX'],
    ['SLES', '15.6', 'SUSE'],
    ['SUSE Linux Enterprise Server', '12.5', 'SUSE'],
    ['Oracle Linux Server', '8.9', 'ORACLE_LINUX'],
    ['Debian GNU/Linux', '12', 'DEBIAN'],
    ['Ubuntu', '24.04', 'UBUNTU'],
    ['Microsoft Windows Server 2022 Datacenter', '10.0.20348', 'WINDOWS'],
  ])('%s %s is %s', (name, version, expected) => {
    expect(operatingSystem(name, version)).toBe(expected);
  });

  it.each([
    ['Amazon Linux AMI', '2018.03'],
    ['Amazon Linux', '2022'],
    ['Amazon Linux', '3'],
    ['CentOS Linux', '7'],
    ['Microsoft Windows 11 Pro', '10.0.22631'],
    ['macOS', '14.5'],
    ['Bottlerocket OS', '1.20.0'],
    ['', ''],
  ])('%s %s is none that policies know', (name, version) => {
    expect(operatingSystem(name, version)).toBeUndefined();
  });
});
