/* Where the badge of test-agent_boards.c has its PSRAM. */
#ifndef TESTS_FIRMWARE_BADGE_MEMORY_H
#define TESTS_FIRMWARE_BADGE_MEMORY_H

#include <stdint.h>

extern uintptr_t badge_memory[4096];

#endif
