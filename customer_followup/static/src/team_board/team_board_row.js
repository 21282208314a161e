import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";

import { ABSENCES, FIGURES } from "./figures";

/** One person's figures, or those of all together; each number opens its list. */
export class TeamBoardRow extends Component {
    static template = "customer_followup.TeamBoardRow";
    static props = {
        row: Object,
        isTotal: { type: Boolean, optional: true },
        onOpen: Function,
        onOpenDay: { type: Function, optional: true },
    };

    figures = FIGURES;

    get absence() {
        const { absence, stand_in } = this.props.row;
        if (!absence || !stand_in) {
            return ABSENCES[absence] || "";
        }
        return _t("%(reason)s, %(name)s stands in", { reason: ABSENCES[absence], name: stand_in });
    }

    text(figure) {
        const { row } = this.props;
        if (figure.load) {
            const { percent, planned } = row[figure.load];
            if (percent === false) {
                return planned ? _t("%s h", formatFloat(planned, { digits: [16, 1] })) : "–";
            }
            return `${percent} %`;
        }
        const value = row[figure.key];
        if (figure.done) {
            return value ? `${row[figure.done]} / ${value}` : "–";
        }
        if (figure.weight && value) {
            return `${value} (${row[figure.weight]})`;
        }
        return value ? `${value}` : "–";
    }

    /** A number with nothing behind it is no link. */
    isEmpty(figure) {
        const { row } = this.props;
        return figure.load ? !row[figure.load].planned : !row[figure.key];
    }

    color(figure) {
        const { row } = this.props;
        if (figure.load) {
            const { percent, planned } = row[figure.load];
            const isOver = percent === false ? planned > 0 : percent > 100;
            return isOver ? "o_care_board_bad" : "";
        }
        return figure.isBad && row[figure.key] ? "o_care_board_bad" : "";
    }

    hint(figure) {
        if (!figure.load) {
            return figure.help;
        }
        const { planned, available } = this.props.row[figure.load];
        const hours = _t("%(planned)s of %(available)s hours.", {
            planned: formatFloat(planned, { digits: [16, 1] }),
            available: formatFloat(available, { digits: [16, 1] }),
        });
        return `${hours} ${figure.help}`;
    }
}
