/** Whether a text may contain another one, which is in lower case; what is encoded may. */
export const sieve: string = /* lua */ String.raw`
local function may_contain(text, wanted)
  if wanted == '' or string.find(text, '"encoded', 1, true) then return true end
  return string.find(string.lower(text), wanted, 1, true) ~= nil
end
`;
