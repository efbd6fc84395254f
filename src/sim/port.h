/* The agent's port to the simulated board. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "board.h"

/* Fills board->port, agent_pools and requests, and makes this board the one that the port serves. */
void sim_port_attach(struct sim_board *board);

#endif
