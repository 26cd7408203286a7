"""Leads: customers of the stage `lead`, from the day they are captured until they are won or lost.

`refreshing` grades and assigns what an operation brought in, at its end; `capturing`, `grading`, `distributing`,
`stale` and `winning` are what people do with leads, `listing` and `funnel` what they look at.
"""
