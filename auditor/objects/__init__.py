"""The objects of the audit: each connection, hand-off and uplink with its match, place, facts and judgement.

`tunnels`, `handoffs` and `public_access` each make one kind of object; `facts` turns what is known of
a path into the facts that the rules see; `circuits` says which registered circuits were seen;
`exceptions` applies waivers and acknowledgements.
"""
