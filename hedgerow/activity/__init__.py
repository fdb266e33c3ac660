"""The activity log: who changed what in a project or an organization, with the values before and after."""
