/** On paper: what is read, in light colours, without what is pressed. */
export const print: string = String.raw /* css */`
@media print {
  :root { color-scheme: light }
  body.with-nav { display: block }
  .bar, .heading-actions, .skip, .filters, .task-filters, .table-actions, .pager, .actions, .choice, button { display: none }
  main { max-width: none; padding: 0 }
  .card, tr { break-inside: avoid }
}
`;
