/* As much of Zephyr's documented interface as the agent calls, for its test. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CONFIG_THREAD_MONITOR      1
#define CONFIG_THREAD_STACK_INFO   1
#define CONFIG_INIT_STACKS         1
#define CONFIG_THREAD_NAME         1
#define CONFIG_THREAD_MAX_NAME_LEN 32

struct k_thread {
	struct {
		uintptr_t start;
		size_t size;
	} stack_info;
	char name[CONFIG_THREAD_MAX_NAME_LEN];
	size_t unused; /* what k_thread_stack_space_get tells; SIZE_MAX: -ENOTSUP */
};
typedef struct k_thread *k_tid_t;
typedef void (*k_thread_user_cb_t)(const struct k_thread *thread, void *user_data);

void k_thread_foreach_unlocked(k_thread_user_cb_t user_cb, void *user_data);
int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused_ptr);
const char *k_thread_name_get(k_tid_t thread);
k_tid_t k_current_get(void);
