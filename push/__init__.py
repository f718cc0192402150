"""What leaves the building: pushes, claimed from the core, sent, and settled.

worker.py    the loop: tell what is due, claim, send, settle
webpush.py   Web Push, one message to one browser
webhooks.py  webhooks, one signed message to one address of another system
outgoing.py  the way out, which both go through: to public addresses only
sealing.py   the audit trail sealed, and its heads kept elsewhere
wording.py   what stands on a locked screen
"""
