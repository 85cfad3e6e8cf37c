// SPDX-License-Identifier: Apache-2.0
// All browser tests of the dashboard, one after the other. usage: node --test main.js
import './pages.js';
import './flows.js';
import './hostile.js';
import './live.js';
import './access.js';
import './images.js';
import './whole.js';
import './losses.js';
import './alerts.js';
