/** Tells who is parked of what came to queues. */
export const telling: string = /* lua */ String.raw`
-- Wakes who waits for what came to queues, and adds to what is written to the map how they are now.
local function tell_queues(set)
  for i = 1, #queue_order do
    local queue = queues[queue_order[i]]
    local count = (queue.grew or 0) + (queue.came or 0)
    if count > 0 then wake(queue.name, count) elseif queue.sooner then wake(queue.name, 1) end
    if queue.changed then
      queue.text = write_queue(queue)
      set[#set + 1] = 'q:' .. queue.name
      set[#set + 1] = queue.text
    end
  end
  if parked_changed then
    set[#set + 1] = 'parked'
    set[#set + 1] = write_parked()
  end
end
`;
