/* The simulated boards. Addresses and sizes are those of the board that a profile names (datasheets of
 * the chips; OpenMV: boards/OPENMV_N6/board_config.h, with a smaller heap in SDRAM). */
#include <string.h>

#include "board.h"
#include "memprof/wire.h"

#define KIB 1024u
#define MIB (1024u * 1024u)

const struct sim_profile sim_profiles[] = {
	{
		.name = "pico",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Raspberry Pi Pico with RP2040",
		.areas = { { 0x20007a40, 192 * KIB, WIRE_MEMORY_SRAM } },
		.threshold_bytes = 40 * KIB,
		.tasks = { &sim_task_boot, &sim_task_sensor, &sim_task_json },
		.n_modules = 11, .mark_ns = 900, .period_ms = 1000,
	},
	{
		.name = "badgeware",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Pimoroni Badger 2350 with RP2350",
		.areas = { { 0x11000000, 3 * MIB, WIRE_MEMORY_PSRAM } },
		.pools = {
			{ "picovector", 0x11300000, 4 * MIB, 64, WIRE_POOL_TLSF, WIRE_MEMORY_PSRAM },
			{ "ramfs", 0x11700000, 1 * MIB, 0, WIRE_POOL_RAMFS, WIRE_MEMORY_PSRAM },
		},
		.tasks = { &sim_task_boot, &sim_task_badge, &sim_task_sensor },
		.n_modules = 34, .mark_ns = 1400, .period_ms = 1000,
	},
	{
		.name = "openmv",
		.firmware = "OpenMV v5.0.0 (simulated)", .machine = "OpenMV N6 with STM32N657",
		.areas = {
			{ 0x34100000, 256 * KIB, WIRE_MEMORY_SRAM }, { 0x90000000, 2 * MIB, WIRE_MEMORY_SDRAM },
		},
		.pools = {
			{ "uma.0", 0x92000000, 8 * MIB, 64, WIRE_POOL_UMA, WIRE_MEMORY_SDRAM },
			{ "uma.1", 0x34200000, 590 * KIB, 64, WIRE_POOL_UMA, WIRE_MEMORY_SRAM },
			{ "uma.2", 0x20000000, 128 * KIB, 64, WIRE_POOL_UMA, WIRE_MEMORY_TCM },
			{ "uma.3", 0x34300000, 1792 * KIB, 64, WIRE_POOL_UMA, WIRE_MEMORY_SRAM },
			{ "stream", 0x91f00000, 1 * MIB, 0, WIRE_POOL_FIXED, WIRE_MEMORY_SDRAM },
		},
		.tasks = { &sim_task_boot, &sim_task_camera, &sim_task_json },
		.n_modules = 14, .mark_ns = 250, .period_ms = 1000,
	},
	{
		.name = "leak",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Raspberry Pi Pico with RP2040",
		.areas = { { 0x20007a40, 128 * KIB, WIRE_MEMORY_SRAM } },
		.threshold_bytes = 40 * KIB,
		.tasks = { &sim_task_boot, &sim_task_sensor, &sim_task_leak },
		.n_modules = 9, .mark_ns = 900, .period_ms = 1000,
	},
	{
		.name = "big",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Generic board with 8 MiB PSRAM",
		.areas = { { 0x11000000, 8 * MIB + 203 * KIB, WIRE_MEMORY_PSRAM } },
		.threshold_bytes = 1 * MIB,
		.tasks = { &sim_task_boot, &sim_task_records, &sim_task_json },
		.n_modules = 40, .n_records = 6000, .mark_ns = 300, .period_ms = 100,
	},
	{
		.name = "grow",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Generic ESP32 module with ESP32",
		.areas = { { 0x3ffb6388, 64 * KIB, WIRE_MEMORY_SRAM } },
		.grows_to_bytes = 512 * KIB,
		.tasks = { &sim_task_boot, &sim_task_sensor, &sim_task_json },
		.n_modules = 13, .mark_ns = 500, .period_ms = 1000,
	},
	{
		.name = "faulty",
		.firmware = "MicroPython v1.27.0 (simulated)", .machine = "Raspberry Pi Pico with RP2040",
		.areas = { { 0x20007a40, 192 * KIB, WIRE_MEMORY_SRAM } },
		.threshold_bytes = 40 * KIB,
		.tasks = { &sim_task_boot, &sim_task_sensor, &sim_task_json },
		.n_modules = 11, .mark_ns = 900, .period_ms = 500,
		.faults = { .dropped_bytes = 100, .flipped_bytes = 300, .repeated_frames = 8000 },
	},
	{ .name = NULL },
};

const struct sim_profile *sim_profile_find(const char *name, size_t n_bytes)
{
	for (const struct sim_profile *profile = sim_profiles; profile->name; profile++)
		if (strlen(profile->name) == n_bytes && strncmp(profile->name, name, n_bytes) == 0)
			return profile;
	return NULL;
}
