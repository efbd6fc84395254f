@ void task_switch(uint32_t **ret_sp, uint32_t *sp): leaves this stack, at *ret_sp, and goes on where the other one was left.
@ The caller expects r0 to r3 and r12 to be changed; all others are kept on the stack.
@ With a floating-point unit (Cortex-M4F), s16 to s31 belong here too.
	.syntax unified
	.thumb
	.section .text.task_switch, "ax"
	.global task_switch
	.type task_switch, %function
task_switch:
	push {r4-r11, lr}
	str sp, [r0]
	mov sp, r1
	pop {r4-r11, pc}
	.size task_switch, . - task_switch
