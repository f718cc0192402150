"""What Inkling knows and does. No Flask in here but in `api.http`.

    access.py       who may see what, and why: every rule, one function each
    authority.py    the opened authority: its store, its keys, its settings
    errors.py       what can go wrong, in words a person can read
    spelling.py     the words of a name, and under what a word is found that is spelt otherwise
    record/         people, families, who else is linked, involvements, what services say, plans,
                    notes (and reading them), timelines; revealing oneself, the relay, asks
    staff/          agencies, practitioners, invitations, passkeys, devices, sessions
    trust/          actor (who asks), audit (what was asked), sealer and verifying (that nobody
                    changed it), keys (what is readable)
    facts/          sources, loading (all at once: runs; row by row: taking), matching, what is
                    in doubt and decided, search
    telling/        outbox and inbox: what must be told, written with what happened
    oversight/      watching over looks: who looked and why, what deserves a question, reviews
    rights/         what families may ask: to be told, a copy, to be forgotten
    http/           the JSON API for other systems, thin
    store/          the only place with SQL
    demo/           a made-up authority, entering through the same doors as a real one

Calls go one way: oversight, rights -> record, staff, facts, telling -> trust and access -> store.

Every function that a page calls takes the `Actor` first, and does its access check, its change,
its audit row and its outbox event in one transaction. A look commits its audit row before it
answers. What comes back is a frozen dataclass that holds only what this actor may see.
"""
