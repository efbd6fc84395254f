/* The agent's configuration for the simulated board (MEMPROF_CONFIG_FILE): 32-bit words, and addresses
 * that are not the host's. */
#pragma once

#include <stdint.h>

/* Valid to the end of the region; 128 zero bytes where the board has no memory (port.c). */
const void *sim_agent_at(uintptr_t address);

#define MEMPROF_WORD        uint32_t
#define MEMPROF_AT(address) sim_agent_at(address)
