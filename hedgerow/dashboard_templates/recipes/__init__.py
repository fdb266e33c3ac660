"""The recipes that come with the product: a module for each. To add one, write its module and name it here."""

from hedgerow.dashboard_templates.recipes.growth import GROWTH
from hedgerow.dashboard_templates.recipes.product_analytics import PRODUCT_ANALYTICS
from hedgerow.dashboard_templates.recipes.revenue import REVENUE
from hedgerow.dashboard_templates.recipes.website_traffic import WEBSITE_TRAFFIC

RECIPES = (PRODUCT_ANALYTICS, WEBSITE_TRAFFIC, GROWTH, REVENUE)
