import { Component, markup, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { DECISIONS, FIGURES } from "./figures";
import { TeamBoardRow } from "./team_board_row";

/** The leader's page in the morning: his people, and what he has to decide. */
export class TeamBoard extends Component {
    static template = "customer_followup.TeamBoard";
    static components = { Layout, TeamBoardRow };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.figures = FIGURES;
        this.state = useState({ board: null });
        onWillStart(() => this.load());
        // left open overnight, it must not show yesterday
        useExternalListener(document, "visibilitychange", () => this.onVisible());
    }

    async load() {
        this.state.board = await this.orm.call("followup.touch", "get_team_board", []);
    }

    onVisible() {
        if (!document.hidden) {
            return this.load();
        }
    }

    /** What waits for a decision; what does not, is not shown. */
    get decisions() {
        return this.state.board.decisions
            .filter((decision) => decision.count)
            .map((decision) => ({ ...decision, ...DECISIONS[decision.key] }));
    }

    async open(key, userId = false) {
        const action = await this.orm.call("followup.touch", "get_team_board_action", [
            key,
            userId,
        ]);
        // an action that a method returns comes with its hint as text
        return this.action.doAction({ ...action, help: action.help && markup(action.help) });
    }

    /** Open somebody's day as he sees it. */
    openDay(userId) {
        return this.action.doAction("customer_followup.followup_day_action_mine", {
            additionalContext: { followup_user_id: userId },
        });
    }
}

registry.category("actions").add("customer_followup.team_board", TeamBoard);
