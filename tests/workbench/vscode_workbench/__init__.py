"""VS Code's own workbench (code-server) in headless Chromium, for tests, screenshots and `make vscode`."""
