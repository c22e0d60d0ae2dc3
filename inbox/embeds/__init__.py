"""The thread in other systems' pages: where it may stand, who lets somebody in, and who has it open."""
