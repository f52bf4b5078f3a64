// Totals of a vitest JSON report: node totals.cjs REPORT FAILED_STEPS
const [, , report, failedSteps] = process.argv;
let passed = 0;
let failed = Number(failedSteps);
try {
  const result = JSON.parse(require("node:fs").readFileSync(report, "utf8"));
  passed = result.numPassedTests;
  // A file that cannot be loaded has no failed test in it, and is a failure all the same.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  failed += result.numFailedTests + brokenFiles;
  if (!result.success && failed === 0) failed = 1;
} catch {
  console.log("the test run left no report");
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
