#include "allocations.h"

#include "FreeRTOS.h"
#include "agent_port.h"
#include "task.h"

struct live live[N_LIVE_MAX];
uint32_t n_live, n_allocations, n_failed;

/* The linker directs all calls here, the kernel's own too (Makefile, --wrap). traceMALLOC does not serve: V11 does not
 * pass it the size of an allocation that failed. */
void *__wrap_pvPortMalloc(size_t n_bytes);
void *__real_pvPortMalloc(size_t n_bytes);
void __wrap_vPortFree(void *address);
void __real_vPortFree(void *address);

void *__wrap_pvPortMalloc(size_t n_bytes)
{
	void *ret;

	vTaskSuspendAll();
	ret = __real_pvPortMalloc(n_bytes);
	agent_requested(n_bytes, ret != NULL, __builtin_return_address(0));
	n_allocations++;
	n_failed += !ret;
	if (ret && n_live < N_LIVE_MAX)
		live[n_live++] = (struct live){ ret, n_bytes };
	xTaskResumeAll();
	return ret;
}

void __wrap_vPortFree(void *address)
{
	vTaskSuspendAll();
	for (uint32_t i = 0; i < n_live; i++)
		if (live[i].address == address) {
			live[i] = live[--n_live];
			break;
		}
	__real_vPortFree(address);
	if (address)
		agent_freed();
	xTaskResumeAll();
}
