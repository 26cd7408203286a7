"""A policy that has every source of due items that is not in conftest.POLICY."""

POLICY = """
name = "sources"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tier]]
key = "strategic"
when = "strategic >= 5"
touches = [
  { key = "talk", every = "1 month", channels = ["visit", "call"], label = "Talk" },
  { key = "csat", kind = "survey", every = "6 months", channels = ["push", "email"], label = "Survey" },
]

[[tier]]
key = "basic"
when = "true"

[review]
every = "3 months"

[[occasion]]
kind = "renewal"
notice = "10 days"
tiers = ["strategic"]
action = "Offer better terms"

[[occasion]]
kind = "renewal"
notice = "30 days"
action = { en = "Talk about the renewal", zh = "沟通续签" }

[[festival]]
key = "spring-festival"
notice = "3 days"
industries = ["Education", "教育"]
action = "School calendar"

[[festival]]
key = "spring-festival"
notice = "7 days"
tiers = ["strategic"]
action = { en = "Card", zh = "贺卡" }

[[festival]]
key = "09-01"
notice = "7 days"
industries = ["教育"]
label = { en = "School opening", zh = "开学季" }

[[escalation]]
tiers = ["strategic"]
steps = [{ late = "1 day", to = "manager" }, { late = "3 days", mark = "high-risk" }]
"""
