{
    "name": "Complaint Handling",
    "version": "19.0.1.0.0",
    "category": "Sales/Customer Care",
    "summary": "No complaint is lost, and lateness acts by itself",
    "author": "Customer Care Suite",
    "license": "LGPL-3",
    "depends": ["customer_followup", "portal", "rating"],
    "data": [
        "security/complaint_handling_groups.xml",
        "views/complaint_handling_menus.xml",
    ],
}
