"""What leaves the house: digests made into messages, and sent by mail, to robots and to web addresses.

Only the command line sends, and whoever calls `crmcli.notify`; nothing else imports this package.
"""
