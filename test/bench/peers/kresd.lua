-- Knot Resolver beside Windlass: one process, a cache of the same size in all.
net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})
net.ipv6 = false
option('ALLOW_LOCAL', true)
modules.load('hints > iterate')
hints.root_file('{hints}')
trust_anchors.remove('.')
trust_anchors.add_file('{anchor_dnskey}', true)
modules.unload('ta_signal_query')
cache.open({cache} * MB, 'lmdb://{folder}/cache')
log_level('crit')
