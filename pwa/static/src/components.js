import { Button } from "govuk-frontend/dist/govuk/components/button/button.mjs";
import { ErrorSummary } from "govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs";
import { SkipLink } from "govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs";

const COMPONENTS = [Button, ErrorSummary, SkipLink];
// Starts the components that have not started yet, so that after a swap only the new part is touched.
// An error summary takes the focus when it starts.
export function startComponents() {
  // GOV.UK's own page template sets these from an inline script, which our CSP refuses.
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  for (const Component of COMPONENTS) {
    const fresh = `[data-module="${Component.moduleName}"]:not([data-${Component.moduleName}-init])`;
    document.querySelectorAll(fresh).forEach((element) => new Component(element));
  }
}
