{
    "name": "Customer Follow-up",
    "version": "19.0.1.0.0",
    "category": "Sales/Customer Care",
    "summary": "Calls and visits by level and capacity",
    "author": "Customer Care Suite",
    "license": "LGPL-3",
    "depends": ["customer_tiering", "calendar"],
    "data": ["views/customer_followup_menus.xml"],
}
