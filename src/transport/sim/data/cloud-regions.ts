/**
 * Measured average round-trip times between ten cloud regions, 2024-07-27 to 2024-08-25.
 * Source: IBM Cloud VPC documentation, network latency page (ibm-cloud-docs/vpc,
 * _include-segments/network-latency.md, 25 August 2024).
 */
export const CLOUD_REGIONS = [
  "Dallas",
  "Toronto",
  "Washington DC",
  "Frankfurt",
  "London",
  "Madrid",
  "Osaka",
  "Sydney",
  "Tokyo",
  "Sao Paulo",
] as const;

/** Milliseconds; row = from, column = to; 0 on the diagonal. */
export const CLOUD_REGION_RTT_MS: readonly (readonly number[])[] = [
  [0, 34, 31, 123, 113, 119, 150, 186, 143, 146],
  [34, 0, 19, 93, 82, 108, 168, 215, 162, 129],
  [31, 19, 0, 91, 75, 87, 172, 214, 164, 118],
  [123, 93, 91, 0, 13, 29, 232, 250, 233, 198],
  [113, 83, 75, 13, 0, 27, 244, 261, 243, 188],
  [122, 106, 88, 29, 27, 0, 257, 275, 258, 209],
  [150, 169, 172, 231, 243, 257, 0, 122, 9, 293],
  [186, 214, 214, 249, 261, 275, 122, 0, 115, 328],
  [143, 162, 166, 233, 244, 256, 9, 115, 0, 284],
  [144, 128, 119, 196, 187, 208, 291, 328, 283, 0],
];

/** Round trips inside one region, milliseconds: in one zone, and from zone to zone (Dallas). */
export const SAME_ZONE_RTT_MS = 0.09;
export const OTHER_ZONE_RTT_MS: readonly number[] = [2.03, 2.2, 2.18];
