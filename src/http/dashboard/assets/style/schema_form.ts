/** Forms that are made of a task's schema, and the page that sends. */
export const schemaForm: string = String.raw /* css */`
.schema-fields { display: grid; gap: var(--gap-4); max-width: 46rem }
.field-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 var(--gap-2) }
.field-box .field-head { align-items: center }
.field-kind { color: var(--soft); font-size: var(--text-xs); overflow-wrap: anywhere; min-width: 0 }
.field-head > button, .group > legend > button { margin-inline-start: auto; min-height: 1.6rem; padding: 0 .5rem }
.field-marks { display: flex; flex-wrap: wrap; gap: var(--gap-1) var(--gap-4); align-items: center }
.field-marks:empty { display: none }
.field-marks button { padding-inline: 0 }
.schema-fields textarea { field-sizing: content; max-height: 24rem }
textarea.code { font-family: var(--mono) }
.box { display: inline-flex; align-items: center; gap: var(--gap-2); font-size: var(--text-s) }
.group { position: relative; border: 1px solid var(--line); border-radius: var(--round); padding: var(--gap-2) var(--gap-4) var(--gap-4); display: grid; gap: var(--gap-3); min-width: 0 }
.group > legend { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--gap-2); padding: 0 var(--gap-1); font-size: var(--text-s); font-weight: 550 }
.group > .as-json, .field-head > .as-json { font-size: var(--text-xs); min-height: 1.5rem; padding: 0 .4rem }
.group > .as-json { position: absolute; inset-block-start: -1.45rem; inset-inline-end: .6rem; background: var(--surface) }
.group:has(> legend > .group-given:not(:checked)) { padding-block-end: var(--gap-2) }
.group:has(> legend > .group-given:not(:checked)) > :not(legend, .error) { display: none }
.group > .schema-fields > button, .schema-fields > button { justify-self: start }
.option-fields .field { align-content: start }
.option-fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: var(--gap-4) }
.form.stack > .card, .form.stack > .flash { width: 100% }
.note { color: var(--soft); font-size: var(--text-s); border-inline-start: 3px solid var(--accent); padding-inline-start: var(--gap-3) }
.form.stack > .buttons { position: sticky; inset-block-end: 0; width: 100%; padding: var(--gap-3) 0; background: var(--ground); z-index: 2 }
.buttons { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center }
.choose { display: grid; gap: var(--gap-3); justify-items: start }
.choose .field { width: min(28rem, 100%) }
`;
