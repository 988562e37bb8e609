/** Values as JSON. */
export const json = {
  items: (count: number, text: string) => count === 1 ? "1 item" : `${text} items`,
  members: (count: number, text: string) => count === 1 ? "1 member" : `${text} members`,
  from: (first: string, last: string) => `${first} to ${last}`,
  showAll: (length: string) => `show all ${length} characters`,
  asText: (length: string) => `${length} characters of JSON`,
};
