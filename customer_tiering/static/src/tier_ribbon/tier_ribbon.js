import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

/**
 * Ribbon with the name and the color of the record's level. The ribbon of the web client
 * takes a fixed title only; this one reads `tier_id` and `tier_color` of its record.
 */
export class TierRibbon extends Component {
    static template = "customer_tiering.TierRibbon";
    static props = { ...standardWidgetProps };

    get text() {
        return this.props.record.data.tier_id?.display_name || "";
    }

    get classes() {
        const size = this.text.length > 15 ? "o_small" : this.text.length > 10 ? "o_medium" : "";
        return `o_tier_ribbon_${this.props.record.data.tier_color || 0} ${size}`;
    }
}

registry.category("view_widgets").add("tier_ribbon", {
    component: TierRibbon,
    fieldDependencies: [
        { name: "tier_id", type: "many2one" },
        { name: "tier_color", type: "integer" },
    ],
});
