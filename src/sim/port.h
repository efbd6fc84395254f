/* What the agent asks of the simulated board. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "board.h"

/* Fills board->port, agent_pools and requests. From here on, the agent is this board's. */
void sim_port_attach(struct sim_board *board);

/* The block tables of those pools that have one. Not between a snapshot's frames. */
void sim_port_send_blocks(struct sim_board *board);

#endif
