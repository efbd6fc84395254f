/* The simulated boards, the names after "sim:". The boards are in src/sim, a separate program
 * (memprof-sim). */
#pragma once

#include <stddef.h>

struct sim_name {
	const char *name, *summary; /* summary: at most 60 columns */
};

/* The first one is the default for "sim:". */
static const struct sim_name sim_names[] = {
	{ "pico", "188 KiB of heap: sensors, occasionally JSON" },
	{ "badgeware", "PSRAM: 3 MiB of heap, 4 MiB of pictures, 1 MiB of files" },
	{ "openmv", "a camera: heap in SRAM and SDRAM, four frame pools" },
	{ "leak", "a program that leaks until it is out of memory" },
	{ "big", "8 MiB of 16-byte blocks, 10 snapshots a second" },
	{ "grow", "a heap that gets another area when it is full, as on ESP32" },
	{ "faulty", "sim:pico on a line that loses, flips and repeats bytes" },
};
enum { SIM_N_NAMES = sizeof(sim_names) / sizeof(sim_names[0]) };
