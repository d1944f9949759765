/** A flask: the mark of the product. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
      <path
        d="M12.5 6.5h7M14 6.5v6.3L8.2 22.6a2.4 2.4 0 0 0 2.1 3.6h11.4a2.4 2.4 0 0 0 2.1-3.6L18 12.8V6.5"
        fill="none"
        stroke="#fff"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M11.4 20.2h9.2l2 3.3a1.1 1.1 0 0 1-1 1.7H10.4a1.1 1.1 0 0 1-1-1.7z" fill="#fff" />
    </svg>
  );
}
