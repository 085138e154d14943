"""The pages a person can open, by who opens them."""

SUPERVISOR = "nathalie.perrin@region-montvallee.example"
ADMIN = "olivier.savary@region-montvallee.example"

PUBLIC = (
    "/contact",
    "/accessibilite",
    "/donnees-personnelles",
    "/login",
    "/sandbox/",
    "/sandbox/mails",
    "/no-such-page",
)
INBOX = (
    "/inbox",
    "/inbox?view=mine",
    "/inbox?view=all",
    "/inbox?view=all&channel=web",
    "/notifications",
    "/account",
    "/reports",
    "/inbox/no-such-page",
    "/keyboard",
)
SETTINGS = (
    "/settings",
    "/settings/departments",
    "/settings/rules",
    "/settings/people",
    "/settings/channels",
    "/settings/deliveries",
)
EVERYTHING = {"": PUBLIC, SUPERVISOR: INBOX, ADMIN: SETTINGS}

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
