import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The one accent colour. Shade 6 carries white text at 5.5:1. */
const iris: MantineColorsTuple = [
  "#eff0ff",
  "#dfe2ff",
  "#bdc2fd",
  "#999ff9",
  "#7c82f5",
  "#676bf0",
  "#5457e6",
  "#4644cc",
  "#3a38a6",
  "#2f2e80",
];

/** A cross is no name: Mantine gives the button none. */
const CLOSE = { "aria-label": "Close" };

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 6, dark: 6 },
  colors: { iris },
  defaultRadius: "md",
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "1.25" },
      h2: { fontSize: "1.125rem", lineHeight: "1.35" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, p: "lg" } },
    Tooltip: { defaultProps: { withArrow: true, multiline: true, maw: 320 } },
    // What scrolls sideways can be scrolled by the keyboard.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
    Modal: { defaultProps: { centered: true, radius: "lg", closeButtonProps: CLOSE } },
    Drawer: { defaultProps: { closeButtonProps: CLOSE } },
    Notification: {
      defaultProps: { closeButtonProps: CLOSE },
      // Mantine's own grey is 3.3:1 on white.
      styles: { description: { color: "var(--mantine-color-dimmed)" } },
    },
  },
});

/** A page a shade darker than its cards, and secondary text that stays readable (4.5:1 and more). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#5c636e",
    "--datalab-page": "#f6f7f9",
    "--datalab-line": "#e4e7ec",
    "--datalab-text-box": "#f1f3f6",
    "--datalab-glow": "#dfe2ff",
    "--datalab-warning": "#8a5300",
    // Mantine's own red on white is 3.3:1.
    "--mantine-color-red-text": "#c92a2a",
    "--mantine-color-error": "#c92a2a",
    // Badges and alerts: Mantine's own text on their light grounds is 3.4:1 to 4.4:1.
    "--mantine-color-teal-light-color": "#06604a",
    "--mantine-color-green-light-color": "#1b6429",
    "--mantine-color-yellow-light-color": "#7a4100",
    "--mantine-color-orange-light-color": "#8a3000",
    "--mantine-color-red-light-color": "#a01d1d",
    "--mantine-color-gray-light-color": "#3b4148",
  },
  dark: {
    "--mantine-color-body": "#1b1d22",
    "--mantine-color-text": "#dfe2e8",
    "--mantine-color-dimmed": "#9ba3af",
    "--mantine-color-anchor": "#a3a8fb",
    "--datalab-page": "#131418",
    "--datalab-line": "#2c2f37",
    "--datalab-text-box": "#121317",
    "--datalab-glow": "#262550",
    "--datalab-warning": "#ffc078",
    "--mantine-color-red-text": "#ff8787",
    "--mantine-color-error": "#ff8787",
  },
});
