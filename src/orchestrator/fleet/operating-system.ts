import type { OperatingSystem } from '../../policies/policy.ts';

/**
 * How the SSM agent names the platforms that Patch Manager patches (PlatformName and PlatformVersion of
 * DescribeInstanceInformation): `Amazon Linux` `2023`, `SLES` `15.6`, `Microsoft Windows Server 2022 Datacenter` `10.0.20348`.
 */
const PLATFORMS: [pattern: RegExp, version: RegExp, operatingSystem: OperatingSystem][] = [
  [/^amazon linux/i, /^2023/, 'AMAZON_LINUX_2023'],
  [/^amazon linux/i, /^2(\.|$)/, 'AMAZON_LINUX_2'],
  [/red hat/i, /./, 'REDHAT_ENTERPRISE_LINUX'],
  [/rocky/i, /./, 'ROCKY_LINUX'],
  [/alma/i, /./, 'ALMA_LINUX'],
  [/suse|sles/i, /./, 'SUSE'],
  [/oracle/i, /./, 'ORACLE_LINUX'],
  [/debian/i, /./, 'DEBIAN'],
  [/ubuntu/i, /./, 'UBUNTU'],
  [/windows server/i, /./, 'WINDOWS'],
];

/** The operating system by Patch Manager's name; undefined for one that policies know nothing of. */
export function operatingSystem(platformName: string, platformVersion: string): OperatingSystem | undefined {
  return PLATFORMS.find(([name, version]) => name.test(platformName) && version.test(platformVersion))?.[2];
}
