"""What the few packets say that tell how a tunnel is made: IKE's proposals and vendor ids, L2TP, PPTP, keys of GRE.

1. Dissectors pick such messages out, the engine keeps a bounded number of them with each tunnel.
2. `child` is a process of its own in an empty network namespace, without privileges and files (`enclosure`), where
   Scapy dissects them (`dissectors`): its import reads the routing table, which is long on the hosts of this program.
   `stand_ins` take the places of what is not needed of it, and `proof` tells whether what is there does its work.
3. `talk` starts it and hands it the messages over a pipe; what comes back is untrusted, `answers` checks every value.
4. `names` has the words for numbers, `describe` says it of each tunnel.

Identities, names of hosts and people, telephone numbers, nonces and keys in these messages are passed over there.
"""
