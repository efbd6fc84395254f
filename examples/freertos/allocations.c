#include "allocations.h"

#include "FreeRTOS.h"
#include "task.h"

/* One writer at a time, as the scheduler is suspended, and one reader. */
enum { N_WAITING = 8 };
static volatile size_t waiting[N_WAITING];
static volatile uint32_t n_waited, n_taken;

struct live live[N_LIVE_MAX];
uint32_t n_live, n_allocations, n_failed;

/* The linker leads all calls here, the kernel's own too, and here to heap_4 (Makefile, --wrap). traceMALLOC would not
 * do: V11 does not tell it the size of an allocation that failed. */
void *__wrap_pvPortMalloc(size_t n_bytes);
void *__real_pvPortMalloc(size_t n_bytes);
void __wrap_vPortFree(void *address);
void __real_vPortFree(void *address);

static void record_failure(size_t n_bytes)
{
	n_failed++;
	if (n_waited - n_taken == N_WAITING)
		return;
	waiting[n_waited % N_WAITING] = n_bytes;
	n_waited++;
}

void *__wrap_pvPortMalloc(size_t n_bytes)
{
	void *ret;

	vTaskSuspendAll();
	ret = __real_pvPortMalloc(n_bytes);
	n_allocations++;
	if (!ret)
		record_failure(n_bytes);
	else if (n_live < N_LIVE_MAX)
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
	xTaskResumeAll();
}

bool allocation_failed(size_t *ret_n_bytes)
{
	if (n_taken == n_waited)
		return false;
	*ret_n_bytes = waiting[n_taken % N_WAITING];
	n_taken++;
	return true;
}
