"""Pages of session recordings: their list, the player, and the switch that turns recording on."""
