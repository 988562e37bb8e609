/** @jsxImportSource hono/jsx */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TaskTree, type TreeNode } from "../../../../src/http/dashboard/components/task_tree.tsx";
import { testView } from "../view.ts";

const htmlOf = (root: TreeNode, current: string) => testView().render(<TaskTree root={root} current={current} />);

Deno.test("TaskTree links each task, says its state, and marks the one that is looked at", () => {
  const leaf = { id: "b", task: "<b>\u202e", state: "SUCCESS", children: [] };
  const html = htmlOf(
    { id: "a", task: "report", state: "STARTED", children: [leaf, { id: "gone", children: [] }] },
    "b",
  );
  assertStringIncludes(html, '<a href="/dashboard/tasks/a">');
  assertStringIncludes(html, '<a href="/dashboard/tasks/b" aria-current="page">');
  assertStringIncludes(html, '&lt;b&gt;<span class="unprinted">\\u202e</span>');
  assertStringIncludes(html, "no longer known");
});

Deno.test("TaskTree draws 200 tasks, and says that there are more", () => {
  const children = Array.from(
    { length: 500 },
    (_, index) => ({ id: `c${index}`, task: "t", state: "QUEUED", children: [] }),
  );
  const html = htmlOf({ id: "a", task: "t", state: "SUCCESS", children }, "a");
  assertEquals(html.match(/class="tree-task/g)?.length, 201);
  assertStringIncludes(html, "more…");
});
