// SPDX-License-Identifier: Apache-2.0
/** What waits until the tab is seen again: once, however often it is asked for. */
export class WhenShown {
  private readonly listener: () => void;

  constructor(run: () => void, private readonly page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'> = document) {
    this.listener = () => {
      if (page.hidden) return;
      this.cancel();
      run();
    };
  }

  /** Runs now where the tab is seen, else as soon as it is. */
  run(): void {
    if (this.page.hidden) this.page.addEventListener('visibilitychange', this.listener);
    else this.listener();
  }

  cancel(): void {
    this.page.removeEventListener('visibilitychange', this.listener);
  }
}
