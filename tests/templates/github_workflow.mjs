// GitHub's own workflow parser and expression evaluator, asked line by line: a question in JSON on stdin, its answer in JSON on stdout.
//   {"parse": TEXT}                                            -> {"errors": [TEXT], "tree": ..., "conditions": {JOB: {"if": ..., "steps": [...]}}}
//   {"evaluate": EXPRESSION, "contexts": {...}, "status": WORD} -> {"value": ...} or {"error": TEXT}
// In a tree an expression is {"$": EXPRESSION}. A condition has GitHub's implicit success() in it. WORD is success, failure or cancelled.
import { register } from "node:module";
import { createInterface } from "node:readline";

// The parser imports JSON without saying so, which only bundlers take.
const asModule = `
  import { readFile } from "node:fs/promises";
  export async function load(url, context, next) {
    if (!url.endsWith(".json")) return next(url, context);
    return { format: "module", shortCircuit: true, source: "export default " + (await readFile(new URL(url), "utf8")) };
  }`;
register("data:text/javascript," + encodeURIComponent(asModule));

const parser = await import("@actions/workflow-parser");
const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
const { replacer } = await import("@actions/expressions/data/replacer");
const { reviver } = await import("@actions/expressions/data/reviver");

function plain(token) {
  if (parser.isMapping(token)) return Object.fromEntries(Array.from(token, ({ key, value }) => [String(key), plain(value)]));
  if (parser.isSequence(token)) return Array.from(token, plain);
  return parser.isBasicExpression(token) ? { $: token.expression } : (token.value ?? null);
}

async function parse(text) {
  const read = parser.parseWorkflow({ name: "workflow.yml", content: text }, new parser.NoOperationTraceWriter());
  const template = read.value ? await parser.convertWorkflowTemplate(read.context, read.value) : { jobs: [] };
  const conditions = (template.jobs ?? []).map((job) => [
    job.id.value,
    { if: job.if.expression, steps: (job.steps ?? []).map((step) => step.if.expression) },
  ]);
  return {
    errors: [...read.context.errors.getErrors().map((error) => error.message), ...(template.errors ?? []).map((error) => error.Message)],
    tree: read.value ? plain(read.value) : null,
    conditions: Object.fromEntries(conditions),
  };
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
function statusFunctions(word) {
  const answers = { success: word === "success", failure: word === "failure", cancelled: word === "cancelled", always: true };
  const define = (name) => ({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answers[name]) });
  return Object.keys(answers).map(define);
}

function evaluate({ evaluate: expression, contexts, status }) {
  const functions = statusFunctions(status ?? "success");
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  const found = new Evaluator(tree, JSON.parse(JSON.stringify(contexts), reviver), new Map(functions.map((each) => [each.name, each]))).evaluate();
  return { value: JSON.parse(JSON.stringify(found, replacer)) };
}

async function answer(question) {
  try {
    return "parse" in question ? await parse(question.parse) : evaluate(question);
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer(JSON.parse(line))));
