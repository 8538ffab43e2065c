/** Addresses that no health check may be sent to, by its own URL, by a redirect or by a name that resolves to them. */
import { BlockList, isIP } from 'node:net';

/**
 * Link-local addresses: there AWS serves the credentials of whoever asks (instance metadata at 169.254.169.254 and
 * fd00:ec2::254, container credentials at 169.254.170.2 and fd00:ec2::23), and no instance of a group lives there.
 */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('fd00:ec2::', 32, 'ipv6');
// The same IPv4 addresses as IPv6 writes them: NAT64, as VPC subnets without IPv4 do, its local prefix, 6to4, and two that nothing routes any more.
forbidden.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
forbidden.addSubnet('64:ff9b:1::', 48, 'ipv6');
forbidden.addSubnet('2002:a9fe::', 32, 'ipv6');
forbidden.addSubnet('::a9fe:0', 112, 'ipv6');
forbidden.addSubnet('::ffff:0:a9fe:0', 112, 'ipv6');

/** Whether `host`, as a URL has it (IPv6 in brackets or not), is a link-local or metadata address. Names never are. */
export function isForbiddenAddress(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family !== 0 && forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
