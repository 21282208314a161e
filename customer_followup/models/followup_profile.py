from odoo import fields, models

from .kinds import KINDS

#: What a person has to say in his company.
ROLES = [
    ("decides", "Decides"),
    ("shapes", "Shapes"),
    ("implements", "Implements"),
    ("uses", "Uses"),
    ("gatekeeper", "Gatekeeper"),
]
INFLUENCES = [("low", "Little say"), ("medium", "Is listened to"), ("high", "Carries weight")]
CLOSENESSES = [("low", "Distant"), ("medium", "Friendly"), ("high", "Trusts us")]
#: What a person reacts to.
HOT_BUTTONS = [
    ("security", "Security"),
    ("status", "Prestige"),
    ("fairness", "Fairness"),
    ("clarity", "Clarity"),
    ("profit", "Profit"),
    ("recognition", "Recognition"),
    ("family", "Family"),
    ("health", "Health"),
]


class FollowupProfile(models.Model):
    """How to deal with one person or company: one row per partner.

    ``res.partner`` shows these fields under the same names; see ``res_partner_knowledge.py``.
    """

    _name = "followup.profile"
    _description = "Key Person"
    _inherit = ["followup.knowledge"]
    _rec_name = "partner_id"
    _order = "customer_id, partner_id"

    care_role = fields.Selection(
        ROLES,
        string="Role",
        group_expand=True,
        help="Decides: signs. Shapes: his opinion makes the image of us. Implements: puts it "
        "into practice. Uses: works with it. Gatekeeper: lets us through, or not.",
    )
    care_influence = fields.Selection(
        INFLUENCES, string="Influence", help="How much his word counts when we are decided about."
    )
    care_closeness = fields.Selection(
        CLOSENESSES, string="Closeness", help="How near we are to this person."
    )
    personality_id = fields.Many2one(
        "followup.personality", index="btree_not_null", ondelete="restrict"
    )
    personality_hint = fields.Char(related="personality_id.hint", string="Advice")
    care_hot_button = fields.Selection(
        HOT_BUTTONS, string="Hot Button", help="What this person cares about most in a deal."
    )
    care_interests = fields.Char(string="Interests", help="What one can talk about besides work.")
    care_channel = fields.Selection(
        KINDS, string="Preferred Way", help="How this person likes to be contacted."
    )
    care_hour_from = fields.Float(string="Best from", help="On the customer's own clock.")
    care_hour_to = fields.Float(string="Best until", help="On the customer's own clock.")
    care_wechat = fields.Char(string="WeChat ID")
    care_birthday = fields.Date(string="Birthday")
    care_notes = fields.Text(string="What else is known")

    _partner_uniq = models.UniqueIndex("(partner_id)", "This person has a knowledge file already.")
    _hours = models.Constraint(
        "CHECK(care_hour_from >= 0 AND care_hour_from < 24"
        " AND care_hour_to >= 0 AND care_hour_to <= 24)",
        "Hours lie between 0:00 and 24:00.",
    )
