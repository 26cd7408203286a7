"""The company's relationship plan as data: rules, facts, the policy file and the presets.

`loader.load` reads a policy file, `rules` its rule language, `facts` what rules may ask about a customer.
Nothing here knows the database: SQL leaves as text, for whoever holds a connection.
"""
