/** The mark: many stalks out of one point. It is light or dark as the browser's own bar is. */
export const favicon = /* svg */ `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none">
<style>path{stroke:#247a4b}circle{fill:#247a4b}@media(prefers-color-scheme:dark){path{stroke:#6fd39b}circle{fill:#6fd39b}}</style>
<path stroke-width="1.8" stroke-linecap="round" d="M12 22V15M12 15L3.6 9.4M12 15L7.4 5.4M12 15V3.8M12 15L16.6 5.4M12 15L20.4 9.4"/>
<circle cx="3.2" cy="9" r="2.1"/><circle cx="7.1" cy="4.8" r="2.1"/><circle cx="12" cy="3.2" r="2.1"/><circle cx="16.9" cy="4.8" r="2.1"/><circle cx="20.8" cy="9" r="2.1"/>
</svg>
`;
