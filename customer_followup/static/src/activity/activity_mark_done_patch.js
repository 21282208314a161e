import { Activity } from "@mail/core/web/activity";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { patch } from "@web/core/utils/patch";

/**
 * Ask how a contact went where the activity of a follow-up is marked as done, in the same short
 * form as everywhere; afterwards the activity is gone or on another day.
 */
async function recordOutcome(component, onChanged) {
    const { action, orm } = component.env.services;
    const { res_id: touchId } = component.props.activity;
    const form = await orm.call("followup.touch", "action_record", [[touchId]]);
    await action.doAction(form, { onClose: onChanged });
}

function isFollowup(component) {
    return component.props.activity.res_model === "followup.touch";
}

patch(Activity.prototype, {
    async onClickMarkAsDone(ev) {
        if (!isFollowup(this)) {
            return super.onClickMarkAsDone(ev);
        }
        const { thread } = this;
        await recordOutcome(this, async () => {
            this.props.onActivityChanged(thread);
            await this.props.reloadParentView();
        });
    },
});

patch(ActivityListPopoverItem.prototype, {
    onClickMarkAsDone() {
        if (!isFollowup(this)) {
            return super.onClickMarkAsDone();
        }
        const { onActivityChanged, onClickDoneAndScheduleNext: close } = this.props;
        close?.();
        return recordOutcome(this, () => onActivityChanged?.());
    },
});
